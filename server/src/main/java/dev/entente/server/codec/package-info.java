/**
 * Plans, which are stored as the API's messages, to and from the nouns, and as people write them. It may use the core
 * and the generated messages. It must never do I/O but for its own example plans, read a clock or know SQL. Open {@link
 * dev.entente.server.codec.PlanCodec} first.
 */
@NullMarked
package dev.entente.server.codec;

import org.jspecify.annotations.NullMarked;
