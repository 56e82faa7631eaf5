/**
 * Plan, progress, history and outline to and from the bytes of the table, and the API's plan to the noun. It may use
 * {@code decision}, {@code transaction} and the generated messages. It must never do I/O, read a clock or know gRPC or SQL. Open
 * {@link dev.entente.server.codec.PlanCodec} first.
 */
@NullMarked
package dev.entente.server.codec;

import org.jspecify.annotations.NullMarked;
