"""The dashboard: what the line has measured so far, at a glance. It reads snapshots and changes nothing."""
