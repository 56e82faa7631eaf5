package dev.entente.client.call;

/**
 * A call to a coordinator as its failure tells of it. Immutable.
 *
 * @param method its name, such as {@code CommitTransaction}
 * @param gid the transaction's; empty if it is about none
 * @param isRead whether it changes nothing, so that there is nothing it could have done
 */
public record AskedCall(String method, String gid, boolean isRead) {
    /** One that may change something. */
    public static AskedCall act(String method, String gid) {
        return new AskedCall(method, gid, false);
    }

    /** One that changes nothing. */
    public static AskedCall read(String method, String gid) {
        return new AskedCall(method, gid, true);
    }

    /** Names the method and the transaction, for people. */
    public String describe() {
        return gid.isEmpty() ? method : method + " for transaction '" + gid + "'";
    }
}
