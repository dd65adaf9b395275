"""A MarianMT model with random weights and a vocabulary of a few pieces: real files, real loading, meaningless translations."""

import json
from pathlib import Path

WORDS = ["bonjour", "adieu", "le", "film", "est", "beau", "long", "hello", "the", "is", "good", "bad"]


def build(folder: Path, seed: int = 0, words: list[str] = WORDS) -> Path:
    """Write the folder of a model as OPUS-MT's look."""
    import sentencepiece
    import torch
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder.mkdir(parents=True)
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(f"{one} {other}." for one in words for other in words) + "\n", encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus),
        model_prefix=str(folder / "both"),
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
        num_threads=1,
    )
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "both.model"))
    known = [
        piece
        for piece in map(pieces.id_to_piece, range(pieces.get_piece_size()))
        if piece not in ("<unk>", "<s>", "</s>")
    ]
    vocabulary = {piece: number for number, piece in enumerate(["</s>", "<unk>", *known, "<pad>"])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes((folder / "both.model").read_bytes())
    for name in ("both.model", "both.vocab", "corpus.txt"):
        (folder / name).unlink()
    torch.manual_seed(seed)
    padding = vocabulary["<pad>"]
    sizes = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "max_position_embeddings": 40, "init_std": 0.5}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}
    ids = {"pad_token_id": padding, "decoder_start_token_id": padding, "eos_token_id": 0, "forced_eos_token_id": 0}
    config = MarianConfig(vocab_size=len(vocabulary), share_encoder_decoder_embeddings=True, **sizes, **heads, **ids)
    model = MarianMTModel(config)
    model.generation_config.max_length = 12
    model.generation_config.num_beams = 2
    model.generation_config.bad_words_ids = [[padding]]
    model.save_pretrained(folder)
    MarianTokenizer.from_pretrained(folder).save_pretrained(folder)
    return folder
