/**
 * What the participants' databases hold, read by SQL. It may use the embedded database and the demo participants' names.
 * It must never believe an answer that it can check.
 *
 * <p>Open {@link dev.entente.stories.judge.Books} first.
 */
@NullMarked
package dev.entente.stories.judge;

import org.jspecify.annotations.NullMarked;
