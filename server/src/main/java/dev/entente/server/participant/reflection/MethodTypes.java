package dev.entente.server.participant.reflection;

import com.google.protobuf.Descriptors.Descriptor;

/** The request and response types of a unary method. */
public record MethodTypes(Descriptor request, Descriptor response) {}
