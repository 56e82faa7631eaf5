package dev.entente.client;

/**
 * One address at which a call failed. Immutable.
 *
 * @param address as configured in the client, such as {@code coordinator:7790}
 * @param attempts the number of the call's attempts at this address
 * @param said the failure of the last attempt, for people: {@code Connection refused: coordinator/10.0.0.7:7790}; if
 *     the last attempt only had too little time to connect, the failure of the attempt before
 * @param isSent false if no attempt had a connection, so that nothing was sent to this address
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
