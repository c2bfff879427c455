"""What is made from the sources: the zip for Lambda, the locks, the catalogues, the programme's schema."""
