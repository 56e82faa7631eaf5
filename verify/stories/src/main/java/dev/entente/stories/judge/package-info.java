/**
 * The checks of the participants' databases by SQL. It may use the embedded database and the demo participants' names.
 * It must never trust a response that it can check.
 *
 * <p>Read {@link dev.entente.stories.judge.Databases} first.
 */
@NullMarked
package dev.entente.stories.judge;

import org.jspecify.annotations.NullMarked;
