package dev.entente.torture.siege.attack;

import java.util.ArrayList;
import java.util.List;

/** Concurrent execution of one task on several threads. */
final class ParallelRun {
    private ParallelRun() {}

    /** The task of one thread, by its number from 0. */
    interface Part {
        void go(int number) throws Exception;
    }

    /** Blocks until all threads have ended. An unexpected exception ends its thread, and is reported. */
    static void of(int threads, AttackRun attackRun, Part part) throws InterruptedException {
        List<Thread> started = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            started.add(Thread.ofVirtual().start(() -> {
                try {
                    part.go(number);
                } catch (InterruptedException ended) {
                    Thread.currentThread().interrupt();
                } catch (Exception unexpected) {
                    attackRun.broke("the attack itself failed: " + unexpected);
                }
            }));
        }
        for (Thread thread : started) {
            thread.join();
        }
    }
}
