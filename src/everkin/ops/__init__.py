"""What the people who run Everkin see of it: logs. Nothing here ever holds a user's words."""
