package dev.entente.bench.load;

/** One kind of transaction as the client sees it. Thread-safe. */
public interface TransactionLoad {
    /** Starts one transaction without waiting; {@code ending} is told once. */
    void start(Ending ending);

    /** How one transaction ended. */
    interface Ending {
        /** It reached the end that every measured transaction should reach. */
        void succeeded();

        /** It ended otherwise, or is not known to have ended. */
        void failed(String why);
    }
}
