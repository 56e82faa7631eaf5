package dev.entente.server.participant.limit;

/** The connections to one participant, as the calls that wait for one see them. Thread-safe; nothing blocks. */
public interface ConnectionSource {
    /** The access of a participant whose connections nobody here looks after: each call finds out for itself. */
    ConnectionSource UNSEEN = new ConnectionSource() {
        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void request(Runnable changed) {}

        @Override
        public boolean renew() {
            return false;
        }
    };

    /** Tells whether a call could leave now. */
    boolean isOpen();

    /** Asks for connections, and has that run once when one of them changes. */
    void request(Runnable changed);

    /**
     * Replaces what could not connect by what tries again at once.
     *
     * @return whether anything could not
     */
    boolean renew();
}
