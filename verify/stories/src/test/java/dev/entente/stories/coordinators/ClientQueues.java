package dev.entente.stories.coordinators;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/** Clients that work side by side, each one piece after another, while their coordinators come and go. */
final class ClientQueues implements AutoCloseable {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<Queue> queues = new ArrayList<>();

    /** One client's thread: how much of its work is done, and how it ends. */
    private record Queue(AtomicInteger done, Future<?> end) {}

    /** One piece of a client's work, with a number of its own. */
    interface Work {
        void doOne(int number) throws Exception;
    }

    /** Works until {@link #end}, or until its first failure. */
    void open(Work work) {
        AtomicInteger done = new AtomicInteger();
        queues.add(new Queue(done, threads.submit(() -> {
            for (int n = 0; !isOver.get(); n++) {
                work.doOne(n);
                done.incrementAndGet();
            }
            return null;
        })));
    }

    /** Waits until each has done so many pieces more, or one has failed, which {@link #end} tells. */
    void awaitMoreOfEach(int pieces) {
        List<Integer> before = queues.stream().map(queue -> queue.done().get()).toList();
        Awaitility.await().until(() -> {
            boolean hasFailed = queues.stream().anyMatch(queue -> queue.end().isDone());
            return hasFailed
                    || IntStream.range(0, queues.size())
                            .allMatch(i -> queues.get(i).done().get() >= before.get(i) + pieces);
        });
    }

    /** Lets each end what it is at, and fails as the first one did that failed. */
    void end() throws Exception {
        isOver.set(true);
        for (Queue queue : queues) {
            queue.end().get();
        }
    }

    @Override
    public void close() {
        isOver.set(true);
        threads.close();
    }
}
