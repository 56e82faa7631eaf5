package dev.entente.bench.load;

/** One kind of transaction from the client's point of view. Thread-safe. */
public interface TransactionLoad {
    /** Starts one transaction without waiting, and calls {@code ending} once. */
    void start(Ending ending);

    /** The result of one transaction. */
    interface Ending {
        /** Reports that the transaction reached the final state that every measured transaction should reach. */
        void succeeded();

        /** Reports another result, or an unknown result. */
        void failed(String why);
    }
}
