"""Child programs: on a pty or a pipe, never outliving axchat."""
