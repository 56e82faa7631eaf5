package dev.entente.torture.siege.attack;

/**
 * An attacker's knowledge of what it attacks: addresses, and a token of its own.
 *
 * @param grpcPort of the coordinator, on loopback
 * @param token of a submitter
 * @param hostilePort on which the participant "hostile" is expected
 * @param hostileWebPort on which the participant "hostileweb" is expected
 */
public record Front(int grpcPort, String token, int hostilePort, int hostileWebPort) {
    /** The participant over gRPC that the attacker itself is. */
    public static final String HOSTILE = "hostile";
    /** The participant over HTTP that the attacker itself is. */
    public static final String HOSTILE_WEB = "hostileweb";
}
