// Lets the compiler accept functions without a body: they are the runtime's.
