package dev.entente.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;

/** A channel that tells each attempt which address it goes to. Thread-safe. */
final class AddressedChannel extends Channel {
    private final String address;
    private final Channel channel;

    AddressedChannel(String address, Channel channel) {
        this.address = address;
        this.channel = channel;
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        AttemptTrace.address(options, address);
        return channel.newCall(method, options);
    }

    @Override
    public String authority() {
        return channel.authority();
    }
}
