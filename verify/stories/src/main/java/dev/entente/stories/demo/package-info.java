/**
 * {@code ./entente demo}: stories told and then checked by SQL. It may use the client SDK, the machine and the judge.
 * It must never call a story good because an answer said so.
 *
 * <p>Open {@link dev.entente.stories.demo.DemoCommand} first, then {@link dev.entente.stories.demo.Stories}, where a
 * new one is registered.
 */
@NullMarked
package dev.entente.stories.demo;

import org.jspecify.annotations.NullMarked;
