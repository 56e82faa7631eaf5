package dev.entente.server.engine.incarnation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class PaceTest {
    private final ArrayDeque<Runnable> timers = new ArrayDeque<>();
    private int open;
    private final Pace pace = new Pace(
            () -> open,
            (_, task) -> {
                timers.add(task);
                return () -> timers.remove(task);
            },
            100);

    @Test
    void more_is_taken_at_once_while_little_is_open() {
        open = 100;

        assertThat(pace.next()).isDone();
    }

    @Test
    void more_waits_while_much_is_open_and_moves() {
        open = 300;
        CompletableFuture<Void> more = pace.next();
        open = 200;
        timers.remove().run();

        assertThat(more).isNotDone();
        open = 90;
        timers.remove().run();
        assertThat(more).isDone();
    }

    @Test
    void what_does_not_move_holds_nobody_back() {
        open = 300;
        CompletableFuture<Void> more = pace.next();
        timers.remove().run();

        assertThat(more).isDone();
        assertThat(timers).isEmpty();
    }
}
