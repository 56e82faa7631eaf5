/**
 * Plans, which are stored as the API's messages, to and from the nouns. It may use the core and the generated messages.
 * It must never do I/O, read a clock or know SQL. Open {@link dev.entente.server.codec.PlanCodec} first.
 */
@NullMarked
package dev.entente.server.codec;

import org.jspecify.annotations.NullMarked;
