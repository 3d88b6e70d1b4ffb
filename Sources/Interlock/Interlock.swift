// Interlock
