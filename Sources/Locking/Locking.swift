// Locking
