package dev.entente.faults;

import dev.entente.faults.machine.TortureRig;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Watches the coordinators' database from outside, for it is back long before its standby is made anew. Thread-safe.
 */
final class Back {
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final TortureRig room;
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicLong backAt = new AtomicLong();

    /** Begins to watch, if it is to. */
    Back(TortureRig room, boolean watches) {
        this.room = room;
        if (watches) {
            Thread.ofVirtual().name("back").start(this::watch);
        }
    }

    private void watch() {
        boolean wasAway = false;
        while (!isOver.get() && backAt.get() == 0) {
            boolean writes = writes();
            if (wasAway && writes) {
                backAt.set(System.currentTimeMillis());
            }
            wasAway |= !writes;
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean writes() {
        try (Connection connection = room.postgres().connect(TortureRig.COORDINATOR_DATABASE);
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_logical_emit_message(true, 'torture', '')");
            return true;
        } catch (SQLException away) {
            return false;
        }
    }

    /** When it took writes again, or, where nobody watched or nothing was seen, what is given. Ends the watch. */
    long since(long otherwise) {
        isOver.set(true);
        long at = backAt.get();
        return at == 0 ? otherwise : at;
    }
}
