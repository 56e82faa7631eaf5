package dev.entente.statemachine;

enum OrderEvent {
    PAY,
    SHIP,
    DELIVER,
    CANCEL
}
