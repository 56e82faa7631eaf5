package dev.entente.bench;

import java.time.Duration;

/**
 * How much a mode does.
 *
 * @param isQuick whether fewer rows and shorter windows were asked for
 * @param open transactions that are open at one time, at least 1
 * @param finished rows of the history, at least 1
 * @param repeats windows of each case, at least 1
 * @param window the length of one
 * @param warmUp before the first, for each coordinator
 */
record Effort(boolean isQuick, int open, int finished, int repeats, Duration window, Duration warmUp) {}
