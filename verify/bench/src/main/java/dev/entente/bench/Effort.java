package dev.entente.bench;

import java.time.Duration;
import java.util.List;

/**
 * How much a mode does.
 *
 * @param isQuick whether fewer rows and shorter windows were asked for
 * @param subjects those of the mode that are wanted; empty for all
 * @param open transactions that are open at one time, at least 1
 * @param finished rows of the history, at least 1
 * @param repeats windows of each case, at least 1
 * @param window the length of one
 * @param warmUp before the first, for each coordinator
 */
record Effort(
        boolean isQuick,
        List<String> subjects,
        int open,
        int finished,
        int repeats,
        Duration window,
        Duration warmUp) {}
