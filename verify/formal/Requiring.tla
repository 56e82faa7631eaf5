----------------------------- MODULE Requiring -----------------------------
(***************************************************************************)
(* A saga of consecutive steps. Some undos require the response of an      *)
(* earlier step, and cannot be built without it.                           *)
(*                                                                         *)
(* The owner may die at any moment. The new owner reads the durable state. *)
(* It must undo every step that may have been called, and needs the        *)
(* responses that these undos require. Therefore a step is called only     *)
(* when every response that its undo requires is on record. If such a      *)
(* response is not on record at a takeover, the step was never called.     *)
(*                                                                         *)
(* Participants store no response here: a repeated call may get another    *)
(* response.                                                               *)
(*                                                                         *)
(* The model shows: no step that took effect is left out of the undo.      *)
(* Every necessary undo can be built, and contains the response that is on *)
(* record.                                                                 *)
(*                                                                         *)
(* As in Turning, an owner writes and calls only while it is the owner.    *)
(* The calls of earlier owners may arrive at any time. The cause of the    *)
(* switch to undo (a refusal, an abort, the deadline) makes no difference  *)
(* here: the switch may happen at any moment.                              *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Size,          \* the number of steps: 1 .. Size, one after another
    Requires,      \* pairs: the undo of the first requires the response of the second
    Responses,     \* the possible responses of a participant; not 0
    TakeOvers,     \* the maximum number of takeovers
    Mutant         \* the broken rule, or "none"

Broken(rule) == Mutant = rule

Step == 1 .. Size
Unknown == 0

\* The undos of the third and the second step require the response of the first step.
ThirdAndSecond == {<<3, 1>>, <<2, 1>>}
\* Only the undo of the third step requires it.
ThirdAlone == {<<3, 1>>}

Required(b) == {a \in Step : <<b, a>> \in Requires}

VARIABLES
    row,        \* the durable state: the state of the saga, and the state and the response of each step
    mem,        \* the current owner's copy, and its calls in flight
    calls,      \* all calls that have left; each may arrive at any time, any number of times
    part,       \* of each step: new, done, undone
    left        \* the remaining takeovers

vars == <<row, mem, calls, part, left>>

(* PENDING, CALLED (by this owner, or possibly by an earlier owner), DONE, UNDONE, SKIPPED *)
Untouched == [state |-> "RUNNING", step |-> [b \in Step |-> "PENDING"], response |-> [b \in Step |-> Unknown]]

Init ==
    /\ row = Untouched
    /\ mem = [p |-> Untouched, awaits |-> {}]
    /\ calls = {}
    /\ part = [b \in Step |-> "new"]
    /\ left = TakeOvers

Ends == {"SUCCEEDED", "ABORTED"}
IsEnded == row.state \in Ends
p == mem.p

Needs(b) == p.step[b] \in {"CALLED", "DONE"}

---------------------------------------------------------------------------
(* Forward *)

(* The step's own response cannot exist before its call. (RequiredResponses.isOpen) *)
IsGateOpen(b) == \A a \in Required(b) \ {b} : row.step[a] = "DONE"

CallForward(b) ==
    /\ p.state = "RUNNING"
    /\ p.step[b] \in {"PENDING", "CALLED"} /\ b \notin mem.awaits
    /\ b > 1 => p.step[b - 1] = "DONE"
    /\ IsGateOpen(b) \/ Broken("undo-requirement-not-durable")
    /\ calls' = calls \cup {[op |-> "forward", step |-> b, carries |-> {}]}
    /\ mem' = [p |-> [p EXCEPT !.step[b] = "CALLED"], awaits |-> mem.awaits \cup {b}]
    /\ UNCHANGED <<row, part, left>>

(* The response is lost or late. *)
TimeOut(b) ==
    /\ b \in mem.awaits
    /\ mem' = [mem EXCEPT !.awaits = @ \ {b}]
    /\ UNCHANGED <<row, calls, part, left>>

Complete ==
    /\ p.state = "RUNNING" /\ \A b \in Step : p.step[b] = "DONE"
    /\ mem' = [mem EXCEPT !.p.state = "SUCCEEDED"]
    /\ UNCHANGED <<row, calls, part, left>>

---------------------------------------------------------------------------
(* The switch to undo *)

(* Without a call of its own in flight. The decision contains the list of the steps that may have been called. *)
Turn ==
    /\ p.state = "RUNNING" /\ mem.awaits = {}
    /\ mem' = [mem EXCEPT !.p.state = "UNDOING",
                          !.p.step = [b \in Step |-> IF p.step[b] = "PENDING" THEN "SKIPPED" ELSE p.step[b]]]
    /\ UNCHANGED <<row, calls, part, left>>

(* After the decision is durable, in reverse order. An undo without a required response is stuck. *)
(* (Settling.callInOrder, Calls.start)                                                            *)
CallUndo(b) ==
    /\ p.state = "UNDOING" /\ row.state = "UNDOING" /\ Needs(b)
    /\ \A c \in b + 1 .. Size : ~Needs(c)
    /\ \A a \in Required(b) : p.response[a] # Unknown
    /\ calls' = calls \cup {[op |-> "undo", step |-> b, carries |-> {<<a, p.response[a]>> : a \in Required(b)}]}
    /\ UNCHANGED <<row, mem, part, left>>

Undone ==
    /\ p.state = "UNDOING" /\ \A b \in Step : ~Needs(b)
    /\ mem' = [mem EXCEPT !.p.state = "ABORTED"]
    /\ UNCHANGED <<row, calls, part, left>>

(* Progress is written later, or because a call waits for it; a final state is written, too. *)
Flush ==
    /\ ~IsEnded /\ row # p
    /\ row' = p
    /\ UNCHANGED <<mem, calls, part, left>>

(* No owner can have called the step: a response that its undo, or the undo of an earlier step, requires is not on *)
(* record. (Suspicion.of)                                                                                          *)
IsUncalled(b) ==
    /\ ~Broken("requirement-forgotten-at-takeover")
    /\ \E c \in 1 .. b : row.step[c] = "PENDING" /\ ~IsGateOpen(c)

(* The owner died. The new owner reads the durable state, and treats each step that may have been called as CALLED. *)
Suspected(b) ==
    IF row.state = "RUNNING" /\ row.step[b] = "PENDING" /\ ~IsUncalled(b) THEN "CALLED" ELSE row.step[b]
TakeOver ==
    /\ ~IsEnded /\ left > 0
    /\ left' = left - 1
    /\ mem' = [p |-> [row EXCEPT !.step = [b \in Step |-> Suspected(b)]], awaits |-> {}]
    /\ UNCHANGED <<row, calls, part>>

---------------------------------------------------------------------------
(* Participants: an undone step refuses its forward call *)

(* The owner receives the response if it waits for it, or the response is lost. *)
HearDone(b, response) ==
    \/ UNCHANGED mem
    \/ /\ b \in mem.awaits
       /\ mem' = [p |-> [p EXCEPT !.step[b] = "DONE", !.response[b] = response], awaits |-> mem.awaits \ {b}]

ArriveForward(b) ==
    IF part[b] = "undone" THEN UNCHANGED <<part, mem>>
    ELSE part' = [part EXCEPT ![b] = "done"] /\ \E response \in Responses : HearDone(b, response)

ArriveUndo(b) ==
    /\ part' = [part EXCEPT ![b] = "undone"]
    /\ \/ UNCHANGED mem
       \/ p.state = "UNDOING" /\ Needs(b) /\ mem' = [mem EXCEPT !.p.step[b] = "UNDONE"]

Arrive(c) ==
    /\ IF c.op = "forward" THEN ArriveForward(c.step) ELSE ArriveUndo(c.step)
    /\ UNCHANGED <<row, calls, left>>

Next ==
    \/ Complete \/ Turn \/ Undone \/ Flush \/ TakeOver
    \/ \E b \in Step : CallForward(b) \/ TimeOut(b) \/ CallUndo(b)
    \/ \E c \in calls : Arrive(c)

Spec == Init /\ [][Next]_vars

---------------------------------------------------------------------------
L2 == \A c \in calls : c.op = "undo" => row.state \in {"UNDOING", "ABORTED"}

(* Every necessary undo can be built: no transaction is parked because of a missing response. *)
UndoCanBeBuilt ==
    p.state = "UNDOING" => \A b \in Step : Needs(b) => \A a \in Required(b) : p.response[a] # Unknown

(* An undo contains the response that is on record, whichever owner sends it. *)
CarriesTheRecord == \A c \in calls : \A sent \in c.carries : sent[2] = row.response[sent[1]]

AllOrNothing ==
    /\ row.state = "SUCCEEDED" => \A b \in Step : part[b] = "done"
    /\ row.state = "ABORTED" => \A b \in Step : part[b] # "done"

L5Forever == [][IsEnded => row' = row]_row
============================================================================
