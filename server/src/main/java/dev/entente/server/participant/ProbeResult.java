package dev.entente.server.participant;

import java.util.List;

/**
 * The result of a probe of one participant.
 *
 * @param isReachable whether the participant responds over its protocol
 * @param hasReflection whether the participant lists its methods
 * @param methods {@code package.Service/Method}, sorted, without the methods of reflection; empty without reflection
 * @param error why the probe found no methods, for people; else empty
 */
public record ProbeResult(
        String name, String address, boolean isReachable, boolean hasReflection, List<String> methods, String error) {}
