/**
 * Drawings of one transaction, as positions and shapes: its plan, and its events over time. The code is pure. It may
 * use the API's messages, the plan's graph and {@code StateText}. It must not know a page, a language or a clock. Open
 * {@code PlanPicture.of} first, then {@code TimelineChart.of}.
 */
@NullMarked
package dev.entente.server.console.drawing;

import org.jspecify.annotations.NullMarked;
