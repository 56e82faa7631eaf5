package dev.entente.kafka;

import java.util.OptionalInt;

/** The number in a producer's transactional id, which only one process has at a time. Thread-safe. */
interface ProducerSlot extends AutoCloseable {
    /** Returns the number that this process has now; empty if there is none. Does not block. */
    OptionalInt held();

    /** Gives the number back. Blocks. */
    @Override
    void close();

    /** Returns a constant slot, which the deployment assigns to only one process. */
    static ProducerSlot fixed(int number) {
        return new ProducerSlot() {
            @Override
            public OptionalInt held() {
                return OptionalInt.of(number);
            }

            @Override
            public void close() {}
        };
    }
}
