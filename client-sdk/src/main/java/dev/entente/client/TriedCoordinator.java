package dev.entente.client;

/**
 * One address that a call was sent to, or tried to be sent to, in vain. Immutable.
 *
 * @param address as the client was given it, such as {@code coordinator:7790}
 * @param attempts how many of the call's attempts went there
 * @param said how the last of them ended, for people: {@code Connection refused: coordinator/10.0.0.7:7790}; if that
 *     one only had too little time to connect, how the one before it ended
 * @param isSent false if none of them had a connection, so that nothing was sent there
 */
public record TriedCoordinator(String address, int attempts, String said, boolean isSent) {
    TriedCoordinator again(TriedCoordinator last) {
        String why = last.said.equals(LinkFailure.NO_CONNECTION_IN_TIME) ? said : last.said;
        return new TriedCoordinator(address, attempts + last.attempts, why, isSent || last.isSent);
    }

    String describe() {
        return address + ": " + said + (attempts == 1 ? "" : " (" + attempts + " attempts)");
    }
}
