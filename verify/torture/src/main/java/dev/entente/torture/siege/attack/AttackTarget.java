package dev.entente.torture.siege.attack;

/**
 * An attacker's knowledge of the target: addresses, and a token of its own.
 *
 * @param grpcPort of the coordinator, on loopback
 * @param token of a submitter
 * @param hostilePort the port of the participant "hostile"
 * @param hostileWebPort the port of the participant "hostileweb"
 */
public record AttackTarget(int grpcPort, String token, int hostilePort, int hostileWebPort) {
    /** The attacker's own participant over gRPC. */
    public static final String HOSTILE = "hostile";
    /** The attacker's own participant over HTTP. */
    public static final String HOSTILE_WEB = "hostileweb";
}
