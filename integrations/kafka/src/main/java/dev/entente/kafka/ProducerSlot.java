package dev.entente.kafka;

import java.util.OptionalInt;

/** The number in a producer's transactional id, which one process at a time has. Thread-safe. */
interface ProducerSlot extends AutoCloseable {
    /** Returns the number that is held now; empty while none is. Does not block. */
    OptionalInt held();

    /** Gives the number back. Blocks. */
    @Override
    void close();

    /** Always the same number, which whoever deploys the service gives to one process alone. */
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
