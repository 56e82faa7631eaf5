package dev.entente.client;

/**
 * A call to a coordinator as its failure tells of it. Immutable.
 *
 * @param method its name, such as {@code CommitTransaction}
 * @param gid the transaction's; empty if it is about none
 * @param isRead whether it changes nothing, so that there is nothing it could have done
 */
record AskedCall(String method, String gid, boolean isRead) {
    /** One that may change something. */
    static AskedCall act(String method, String gid) {
        return new AskedCall(method, gid, false);
    }

    /** One that changes nothing. */
    static AskedCall read(String method, String gid) {
        return new AskedCall(method, gid, true);
    }

    String describe() {
        return gid.isEmpty() ? method : method + " for transaction '" + gid + "'";
    }
}
