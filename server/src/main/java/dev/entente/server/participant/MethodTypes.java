package dev.entente.server.participant;

import com.google.protobuf.Descriptors.Descriptor;

/** What a unary method takes and gives. */
public record MethodTypes(Descriptor request, Descriptor response) {}
