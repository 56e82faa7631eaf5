package dev.entente.server.participant.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class InFlightLimitTest {
    private final List<String> events = new ArrayList<>();

    @Test
    void beyond_the_limit_calls_wait_and_go_first_come_first_served() {
        InFlightLimit limit = new InFlightLimit(2, 10, () -> {});
        for (String name : List.of("a", "b", "c", "d")) {
            submit(limit, new Entering(name));
        }
        assertThat(events).containsExactly("a enters", "b enters");
        assertThat(limit.inFlight()).isEqualTo(2);
        assertThat(limit.waiting()).isEqualTo(2);

        limit.release();
        limit.release();
        assertThat(events).containsExactly("a enters", "b enters", "c enters", "d enters");

        limit.release();
        limit.release();
        assertThat(limit.inFlight()).isZero();
        assertThat(limit.waiting()).isZero();
    }

    @Test
    void when_too_many_wait_the_next_is_turned_away_at_once() {
        InFlightLimit limit = new InFlightLimit(1, 1, () -> {});
        for (String name : List.of("a", "b", "c")) {
            submit(limit, new Entering(name));
        }

        assertThat(events).containsExactly("a enters", "c is turned away");
        assertThat(limit.waiting()).isEqualTo(1);
    }

    @Test
    void a_sweep_turns_away_those_that_are_too_late_and_no_other() {
        InFlightLimit limit = new InFlightLimit(1, 10, () -> {});
        submit(limit, new Entering("a"));
        submit(limit, new Entering("b", true, () -> {}));
        submit(limit, new Entering("c"));

        limit.sweep();

        assertThat(events).containsExactly("a enters", "b is turned away");
        assertThat(limit.waiting()).isEqualTo(1);
        limit.release();
        assertThat(events).last().isEqualTo("c enters");
    }

    @Test
    void a_hundred_thousand_that_end_as_they_enter_do_not_recurse() {
        InFlightLimit limit = new InFlightLimit(1, 200_000, () -> {});
        AtomicInteger entered = new AtomicInteger();
        submit(limit, new Entering("first"));
        for (int i = 0; i < 100_000; i++) {
            submit(limit, new Entering("", false, () -> {
                entered.incrementAndGet();
                limit.release();
            }));
        }

        limit.release();

        assertThat(entered).hasValue(100_000);
        assertThat(limit.inFlight()).isZero();
    }

    @Test
    void many_threads_never_exceed_the_limit_and_none_is_forgotten() throws InterruptedException {
        InFlightLimit limit = new InFlightLimit(3, 100_000, () -> {});
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch submitted = new CountDownLatch(4);
        try (ExecutorService leaving = Executors.newFixedThreadPool(4);
                ExecutorService coming = Executors.newFixedThreadPool(4)) {
            for (int thread = 0; thread < 4; thread++) {
                coming.execute(() -> {
                    for (int i = 0; i < 5_000; i++) {
                        submit(limit, new Entering("", false, () -> {
                            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                            leaving.execute(() -> {
                                inside.decrementAndGet();
                                limit.release();
                                ended.incrementAndGet();
                            });
                        }));
                    }
                    submitted.countDown();
                });
            }
            submitted.await();
            Awaitility.await().until(() -> ended.get() == 20_000);
        }

        assertThat(most).hasValueLessThanOrEqualTo(3);
        assertThat(limit.inFlight()).isZero();
        assertThat(limit.waiting()).isZero();
    }

    @Test
    void one_that_throws_as_it_enters_keeps_none_behind_it_from_going() {
        InFlightLimit limit = new InFlightLimit(1, 10, () -> {});
        submit(limit, new Entering("a"));
        submit(limit, new Entering("", false, () -> {
            throw new AssertionError("on purpose");
        }));
        submit(limit, new Entering("b"));

        limit.release();
        limit.release(); // what one that threw had begun
        assertThat(events).containsExactly("a enters", "b enters");
        submit(limit, new Entering("c"));
        limit.release();
        assertThat(events).last().isEqualTo("c enters");
    }

    @Test
    void what_is_thrown_in_a_sweep_keeps_nobody_from_going() {
        InFlightLimit limit = new InFlightLimit(1, 10, () -> {});
        submit(limit, new Entering("a"));
        submit(limit, new Entering("x") {
            @Override
            public boolean isUnwanted() {
                throw new StackOverflowError("as it is meant");
            }
        });
        submit(limit, new Entering("b"));

        limit.sweep();
        limit.release();
        limit.release();

        assertThat(events).containsExactly("a enters", "x enters", "b enters");
    }

    @Test
    void after_a_return_few_enter_and_each_answer_lets_in_one_more_than_it_frees() {
        InFlightLimit limit = new InFlightLimit(100, 1000, () -> {});
        limit.slowStart().begin();
        for (int i = 0; i < 90; i++) {
            submit(limit, new Entering("call " + i));
        }
        assertThat(limit.inFlight()).isEqualTo(SlowStart.FIRST);

        for (int i = 0; i < 10; i++) {
            limit.slowStart().answered();
            limit.release();
        }
        assertThat(limit.inFlight()).isEqualTo(SlowStart.FIRST + 10);

        limit.slowStart().unanswered();
        limit.release();
        assertThat(events).hasSize(SlowStart.FIRST + 20);
    }

    private class Entering implements InFlightLimit.Entrant {
        private final String name;
        private final boolean isTooLate;
        private final Runnable entered;

        Entering(String name) {
            this(name, false, () -> {});
        }

        Entering(String name, boolean isTooLate, Runnable entered) {
            this.name = name;
            this.isTooLate = isTooLate;
            this.entered = entered;
        }

        @Override
        public void enter() {
            if (!name.isEmpty()) {
                events.add(name + " enters");
            }
            entered.run();
        }

        @Override
        public void turnAway(String why) {
            events.add(name + " is turned away");
        }

        @Override
        public boolean isTooLate(long nanoTime) {
            return isTooLate;
        }
    }

    private static void submit(InFlightLimit limit, InFlightLimit.Entrant entrant) {
        if (limit.admits(entrant)) {
            entrant.enter();
        }
    }
}
