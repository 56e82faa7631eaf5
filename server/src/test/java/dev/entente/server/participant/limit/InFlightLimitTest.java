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
    void calls_beyond_the_limit_wait_and_enter_in_order_of_arrival() {
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
    void a_call_is_refused_at_once_when_the_queue_is_full() {
        InFlightLimit limit = new InFlightLimit(1, 1, () -> {});
        for (String name : List.of("a", "b", "c")) {
            submit(limit, new Entering(name));
        }

        assertThat(events).containsExactly("a enters", "c is turned away");
        assertThat(limit.waiting()).isEqualTo(1);
    }

    @Test
    void a_sweep_refuses_only_calls_that_are_too_late() {
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
    void a_hundred_thousand_calls_that_end_at_once_cause_no_recursion() {
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
    void many_threads_never_exceed_the_limit_and_all_calls_enter() throws InterruptedException {
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
    void a_call_that_throws_on_entry_does_not_block_later_calls() {
        InFlightLimit limit = new InFlightLimit(1, 10, () -> {});
        submit(limit, new Entering("a"));
        submit(limit, new Entering("", false, () -> {
            throw new AssertionError("on purpose");
        }));
        submit(limit, new Entering("b"));

        limit.release();
        limit.release(); // releases the place of the call that threw
        assertThat(events).containsExactly("a enters", "b enters");
        submit(limit, new Entering("c"));
        limit.release();
        assertThat(events).last().isEqualTo("c enters");
    }

    @Test
    void an_error_in_a_sweep_does_not_block_waiting_calls() {
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
    void a_slow_start_admits_one_more_call_per_response() {
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

    private class Entering implements InFlightLimit.WaitingCall {
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
        public void rejectCall(String why) {
            events.add(name + " is turned away");
        }

        @Override
        public boolean isTooLate(long nanoTime) {
            return isTooLate;
        }
    }

    private static void submit(InFlightLimit limit, InFlightLimit.WaitingCall waitingCall) {
        if (limit.admits(waitingCall)) {
            waitingCall.enter();
        }
    }
}
