package dev.entente.bench;

import java.time.Duration;

/**
 * The amount of work of a mode.
 *
 * @param isQuick whether the user requested fewer rows and shorter windows
 * @param open transactions that are open at one time, at least 1
 * @param finished rows of the history, at least 1
 * @param repeats windows of each case, at least 1
 * @param window the length of one window
 * @param warmUp the time before the first window, for each coordinator
 */
record BenchScale(boolean isQuick, int open, int finished, int repeats, Duration window, Duration warmUp) {}
