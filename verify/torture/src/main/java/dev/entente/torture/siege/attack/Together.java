package dev.entente.torture.siege.attack;

import java.util.ArrayList;
import java.util.List;

/** Does one thing on several threads at once. */
final class Together {
    private Together() {}

    /** Work of one of them, by its number from 0. */
    interface Part {
        void go(int number) throws Exception;
    }

    /** Blocks until all have ended; what one of them did not expect ends it, and is told. */
    static void of(int threads, Raid raid, Part part) throws InterruptedException {
        List<Thread> started = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            started.add(Thread.ofVirtual().start(() -> {
                try {
                    part.go(number);
                } catch (InterruptedException ended) {
                    Thread.currentThread().interrupt();
                } catch (Exception unexpected) {
                    raid.broke("the attack itself failed: " + unexpected);
                }
            }));
        }
        for (Thread thread : started) {
            thread.join();
        }
    }
}
