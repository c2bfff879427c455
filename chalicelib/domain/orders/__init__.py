"""What an order is and what of it was kept, whatever its deliveries came in; and recording one."""
