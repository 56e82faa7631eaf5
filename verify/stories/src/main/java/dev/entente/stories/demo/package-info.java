/**
 * {@code ./entente demo}: scenarios that are printed and then checked by SQL. It may use the client SDK, the rig and
 * the judge. It must never trust a response as the proof that a scenario succeeded.
 *
 * <p>Read {@link dev.entente.stories.demo.DemoCommand} first, then {@link dev.entente.stories.demo.ScenarioCatalog},
 * which registers each scenario.
 */
@NullMarked
package dev.entente.stories.demo;

import org.jspecify.annotations.NullMarked;
