package dev.entente.server.transaction;

import com.google.protobuf.ByteString;
import java.util.List;

/**
 * One thing a participant can be asked to do.
 *
 * @param body the request as it goes over the wire, before bindings
 */
public record Operation(Target target, ByteString body, List<Binding> bindings, CallPolicy policy) {}
