package dev.entente.client.call;

/**
 * One address that attempts of a call went to, or were to go to, in vain. Immutable.
 *
 * @param address as the client was given it, such as {@code coordinator:7790}
 * @param attempts how many of the call's attempts went there
 * @param said how the last of them ended, for people; if that one only had too little time to connect, how the one
 *     before it ended
 * @param isSent false if none of them had a connection, so that nothing was sent there
 */
public record TriedAddress(String address, int attempts, String said, boolean isSent) {
    TriedAddress again(TriedAddress last) {
        String why = last.said.equals(LinkFailure.NO_CONNECTION_IN_TIME) ? said : last.said;
        return new TriedAddress(address, attempts + last.attempts, why, isSent || last.isSent);
    }

    String describe() {
        return address + ": " + said + (attempts == 1 ? "" : " (" + attempts + " attempts)");
    }
}
