"""What a start costs: processes of the application and of its libraries alone."""
