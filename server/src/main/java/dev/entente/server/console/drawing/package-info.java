/**
 * Drawings of one transaction, as places and shapes: its plan, and what happened when. All is pure. It may use the API's
 * messages, the plan's graph and {@code StateWords}. It must never know a page, a language or a clock. Open
 * {@code PlanPicture.of} first, then {@code Timeline.of}.
 */
@NullMarked
package dev.entente.server.console.drawing;

import org.jspecify.annotations.NullMarked;
