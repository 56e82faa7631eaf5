package dev.entente.server.store.audit;

/** Lets some refusals of a second through and counts the others. Thread-safe. */
final class RefusalSample {
    private final int mostPerSecond;
    private long second = Long.MIN_VALUE;
    private int admitted;
    private long counted;
    private long ofEarlierSeconds;

    RefusalSample(int mostPerSecond) {
        this.mostPerSecond = mostPerSecond;
    }

    /** Tells whether one of that second has a row of its own; if not, it is counted. */
    synchronized boolean admits(long now) {
        turnTo(now);
        if (admitted < mostPerSecond) {
            admitted++;
            return true;
        }
        counted++;
        return false;
    }

    /** Takes the count of the seconds before that one; 0 where none was counted. */
    synchronized long takeRest(long now) {
        turnTo(now);
        long rest = ofEarlierSeconds;
        ofEarlierSeconds = 0;
        return rest;
    }

    private void turnTo(long now) {
        if (now != second) {
            second = now;
            admitted = 0;
            ofEarlierSeconds += counted;
            counted = 0;
        }
    }
}
