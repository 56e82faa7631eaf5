package dev.entente.server.engine;

import java.time.Duration;

/**
 * How an engine behaves.
 *
 * @param maxOpen transactions held in memory; what is accepted beyond that waits in the table
 * @param flushAfter how long progress that nobody waits for may be volatile
 * @param begunTimeout after which a BEGUN transaction without a deadline of its own is undone
 * @param pollEvery how often due rows are looked for
 * @param claimBatch rows taken at once
 * @param maxPlanBytes of a plan with all its registered branches
 */
public record Settings(
    int maxOpen, Duration flushAfter, Duration begunTimeout, Duration pollEvery, int claimBatch, int maxPlanBytes) {
  public static final Settings STANDARD =
      new Settings(200_000, Duration.ofMillis(250), Duration.ofSeconds(60), Duration.ofMillis(250), 500, 4 << 20);
}
