/**
 * Converts plans between the API's messages, the core's types, the stored bytes, and text that people write. This
 * package may use the core and the generated messages. Except for its example plans, it must not do I/O. It must not
 * read a clock or know SQL. Read {@link dev.entente.server.codec.PlanCodec} first.
 */
@NullMarked
package dev.entente.server.codec;

import org.jspecify.annotations.NullMarked;
