/**
 * The data types of a global transaction: immutable, and without behaviour that needs the environment. The package may
 * use the JDK's values and protobuf's {@code ByteString} and wire reader, nothing else of the server. It must never
 * read a clock, draw a random number, log or do I/O. Read {@link dev.entente.core.transaction.GlobalTransaction} first.
 */
@NullMarked
package dev.entente.core.transaction;

import org.jspecify.annotations.NullMarked;
