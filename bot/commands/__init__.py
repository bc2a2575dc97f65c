"""The commands of ``pagewright``; what is heavy is imported when a command runs."""
