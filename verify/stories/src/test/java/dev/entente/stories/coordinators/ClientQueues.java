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

/**
 * Clients that work in parallel while coordinators stop and start. Each client does one piece of work after another.
 */
final class ClientQueues implements AutoCloseable {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<Queue> queues = new ArrayList<>();

    /** The thread of a client: the number of finished pieces and the result. */
    private record Queue(AtomicInteger done, Future<?> result) {}

    /** One piece of a client's work, identified by a number. */
    interface Work {
        void doOne(int number) throws Exception;
    }

    /** Starts a client that works until {@link #finish} or until its first failure. */
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

    /**
     * Waits until each client has done this number of further pieces, or until a client has failed. {@link #finish}
     * reports the failure.
     */
    void awaitMoreOfEach(int pieces) {
        List<Integer> before = queues.stream().map(queue -> queue.done().get()).toList();
        Awaitility.await().until(() -> {
            boolean hasFailed = queues.stream().anyMatch(queue -> queue.result().isDone());
            return hasFailed
                    || IntStream.range(0, queues.size())
                            .allMatch(i -> queues.get(i).done().get() >= before.get(i) + pieces);
        });
    }

    /** Waits until each client has finished its current piece, and throws the first failure. */
    void finish() throws Exception {
        isOver.set(true);
        for (Queue queue : queues) {
            queue.result().get();
        }
    }

    @Override
    public void close() {
        isOver.set(true);
        threads.close();
    }
}
