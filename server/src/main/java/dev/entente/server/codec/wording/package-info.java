/**
 * Sentences about transactions for people, from responses of the API, in the language of a message file. This package
 * may use the core and the generated messages. It must not read a clock or other files. Read {@link
 * dev.entente.server.codec.wording.WaitSentence} first.
 */
@NullMarked
package dev.entente.server.codec.wording;

import org.jspecify.annotations.NullMarked;
