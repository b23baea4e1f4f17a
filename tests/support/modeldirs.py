"""Model directories in the vendor's layout, with small files instead of large ones."""

from pathlib import Path

AARCH64, X86_64 = 0xB7, 0x3E
LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 134\n"

SCRIPT = """\
./main_axcl_{arch} \\
--template_filename_axmodel "qwen/qwen2_p128_l%d_together.axmodel" \\
--axmodel_num 4 \\
--tokenizer_type 2 \\
--filename_tokenizer_model "http://127.0.0.1:{port}" \\
--bos 0 --eos 0 \\
--filename_post_axmodel "qwen/qwen2_post.axmodel" \\
--filename_tokens_embed "qwen/model.embed_tokens.weight.bfloat16.bin" \\
--tokens_embed_num 151936 \\
--tokens_embed_size 1536 \\
--use_mmap_load_embed 1 \\
--live_print 1 \\
--continue 1 \\
--prompt "$1"
"""


def elf(machine: int, *, big_endian: bool = False) -> bytes:
    """The first bytes of a 64-bit ELF program for a machine."""
    order = "big" if big_endian else "little"
    ident = b"\x7fELF\x02" + (b"\x02" if big_endian else b"\x01") + bytes(10)
    return ident + (2).to_bytes(2, order) + machine.to_bytes(2, order) + bytes(44)


def script_era(folder: Path, port: int = 12345) -> Path:
    """A whole directory of the script era for both machines."""
    (folder / "qwen").mkdir(parents=True)
    for arch, machine in (("aarch64", AARCH64), ("x86", X86_64)):
        runner = folder / f"main_axcl_{arch}"
        runner.write_bytes(elf(machine))
        runner.chmod(0o755)
        (folder / f"run_qwen2.5_1.5b_axcl_{arch}.sh").write_text(SCRIPT.format(arch=arch, port=port))
    (folder / "run_qwen2.5_1.5b_ax650.sh").write_text('./main_ax650 --prompt "$1"\n')
    for layer in range(4):
        (folder / f"qwen/qwen2_p128_l{layer}_together.axmodel").write_bytes(b"layer")
    (folder / "qwen/qwen2_post.axmodel").write_bytes(b"post")
    (folder / "qwen/model.embed_tokens.weight.bfloat16.bin").write_bytes(b"embed")
    (folder / "qwen2.5_tokenizer.py").write_text("")
    (folder / "config.json").write_text("")
    return folder


def axllm_era(folder: Path) -> Path:
    """A whole directory of the axllm era."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(
        '{"model_name": "qwen3", "tokenizer_type": "Qwen3", "url_tokenizer_model": "qwen3_tokenizer.txt",'
        ' "template_filename_axmodel": "qwen3_p128_l%d_together.axmodel", "axmodel_num": 2,'
        ' "filename_post_axmodel": "qwen3_post.axmodel", "filename_tokens_embed": "embed.bin",'
        ' "post_config_path": "post_config.json"}'
    )
    for name in (
        "qwen3_tokenizer.txt",
        "qwen3_p128_l0_together.axmodel",
        "qwen3_p128_l1_together.axmodel",
        "qwen3_post.axmodel",
        "embed.bin",
        "post_config.json",
    ):
        (folder / name).write_text("data")
    return folder
