"""The vocabulary of the generated texts: what a music video is made of."""

_WORDS = {
    "mood": """
        dreamy restless tender defiant hopeful lonely euphoric haunted playful serene
        furious nostalgic wistful reckless solemn radiant
    """,
    "place": """
        rooftop harbour desert subway forest ballroom motel stadium lighthouse garage
        greenhouse arcade cathedral beach kitchen tunnel carnival library canyon bridge
        airport orchard theatre laundromat
    """,
    "figure": """
        dancer drummer singer stranger skater astronaut twins driver painter boxer
        violinist crowd child magician nurse fisherman waitress choir ghost courier
        gardener mechanic runner widow
    """,
    "action": """
        spins waits runs falls floats dissolves laughs collides returns vanishes climbs
        whispers burns swims mirrors freezes wanders shatters leaps drifts kneels
        unfolds multiplies listens
    """,
    "light": """
        neon moonlit golden strobing candlelit overcast ultraviolet hazy backlit silver
        amber flickering sunlit crimson pale glowing
    """,
    "camera": """
        dolly crane handheld drone macro whip-pan tracking orbit static zoom tilt
        steadicam split-screen slow-motion timelapse close-up
    """,
    "sound": """
        bassline snare synth choir-pad piano guitar strings vinyl-hiss clap sub-bass
        arpeggio vocoder flute kick breakbeat theremin handpan saxophone organ tape-echo
        harmonica marimba cello reverb
    """,
    "genre": """
        ambient techno soul folk trap house indie jazz reggaeton metal disco dubstep
        gospel punk bossa drill
    """,
    "audience": """
        commuters gamers students parents clubbers athletes readers travellers cooks
        collectors night-owls beginners cyclists gardeners coders skaters
    """,
    "event": """
        timeout checkpoint overflow retry converged diverged plateau restart warning
        duplicate truncated loaded skipped throttled evicted shuffled resumed saved
        stalled rejected merged expired rebalanced normalised
    """,
}
GROUPS: dict[str, tuple[str, ...]] = {
    group: tuple(words.split()) for group, words in _WORDS.items()
}
