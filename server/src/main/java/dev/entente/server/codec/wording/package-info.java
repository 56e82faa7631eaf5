/**
 * Sentences about transactions for people, from what the API answers, in the language of a message file. It may use the
 * core and the generated messages. It must never read a clock or any file but those. Open {@link
 * dev.entente.server.codec.wording.WaitSentence} first.
 */
@NullMarked
package dev.entente.server.codec.wording;

import org.jspecify.annotations.NullMarked;
